#version 450
layout(location = 1) sample in vec2 place;
layout(location = 0) out vec4 o;
void main() { o = vec4(place, 0, 1); }
