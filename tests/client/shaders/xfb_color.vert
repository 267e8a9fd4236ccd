#version 450
layout(location = 0) in vec4 position;
layout(location = 0) flat out vec4 color;
void main()
{
    gl_Position = position;
    color = vec4(0.0, 1.0, 0.0, 1.0);
}
