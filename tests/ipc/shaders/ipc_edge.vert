#version 450
layout(location = 0) in vec3 corner;
void main()
{
    gl_Position = vec4(corner.xy * 1.6 - 0.8, 0.5 + 0.1 * corner.z, 1.0);
}
