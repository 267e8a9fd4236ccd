#version 450
layout(location = 0) flat in vec4 color;
layout(location = 0) out uvec4 o;
void main() { o = uvec4(color * 255.0); }
