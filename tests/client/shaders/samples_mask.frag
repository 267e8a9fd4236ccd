#version 450
layout(location = 0) flat in vec4 color;
layout(location = 0) out vec4 o;
void main()
{
    gl_SampleMask[0] = int(color.w);
    o = vec4(color.xyz, float(gl_SampleMaskIn[0]));
}
