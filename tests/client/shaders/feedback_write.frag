#version 450
layout(location = 0) out vec4 o;
void main()
{
    o = vec4(1.0, gl_FragCoord.x / 255.0, gl_FragCoord.y / 255.0, 1.0);
}
