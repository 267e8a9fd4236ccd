#version 450
/* A rectangle in pixels at a depth, or a slope from z0 (left) to z1 (right) over the whole target. Even rectangles face front. */
layout(push_constant) uniform Push { vec4 rect; vec2 size; vec2 z; uint back; };
void main()
{
    const int corners[2][6] = { { 0, 2, 1, 1, 2, 3 }, { 0, 1, 2, 2, 1, 3 } };
    const int c = corners[back][gl_VertexIndex];
    const vec2 t = vec2(c & 1, c >> 1);
    const vec2 p = mix(rect.xy, rect.zw, t);
    gl_Position = vec4(p / size * 2.0 - 1.0, mix(z.x, z.y, t.x), 1.0);
}
