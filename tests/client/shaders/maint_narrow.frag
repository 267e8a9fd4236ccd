#version 450
/* Takes half of what the vertex shader gives. */
layout(location = 0) flat in vec2 color;
layout(location = 0) out vec4 o;
void main()
{
    o = vec4(color, 0.25, 1.0);
}
