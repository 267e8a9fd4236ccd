#version 450
layout(location = 0) in vec4 v_color;
layout(location = 1) flat in vec4 p_own;
layout(location = 2) flat in uint p_id;
layout(location = 0) out vec4 o_color;
layout(location = 1) out vec4 o_own;
void main()
{
    o_color = v_color;
    o_own = vec4(p_own.xyz, float(p_id + 1u));
}
