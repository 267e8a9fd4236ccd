#version 450
layout(location = 0) flat in uint id;
layout(location = 0) out vec4 o;
void main()
{
    if (id == 7u && gl_PointCoord.x > 0.5) {
        discard;
    }
    o = vec4(gl_PointCoord, float(id), 1);
}
