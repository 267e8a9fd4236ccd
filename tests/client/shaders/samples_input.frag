#version 450
layout(input_attachment_index = 0, set = 0, binding = 0) uniform subpassInputMS source;
layout(push_constant) uniform Push { vec4 pos[3]; vec4 color; } p;
layout(location = 0) out vec4 o;
void main() { o = subpassLoad(source, int(p.color.x)); }
