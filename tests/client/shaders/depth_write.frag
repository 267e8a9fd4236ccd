#version 450
layout(location = 0) out vec4 o;
void main()
{
    gl_FragDepth = gl_FragCoord.x / 32.0;
    o = vec4(1);
}
