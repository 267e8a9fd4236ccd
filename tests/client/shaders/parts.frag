#version 450
layout(location = 0) in vec4 d;
layout(location = 1) flat in float id;
layout(location = 0) out vec4 o;
void main()
{
    o = vec4((id + 1.0) / 255.0, d.z / 255.0, d.w, 1.0);
}
