#version 450
layout(location = 0) flat in vec3 color;
layout(location = 0) out vec4 result;
void main()
{
    vec2 checker = floor(gl_FragCoord.xy / 4.0);
    result = vec4(color * (mod(checker.x + checker.y, 2.0) < 0.5 ? 1.0 : 0.85), 1.0);
}
