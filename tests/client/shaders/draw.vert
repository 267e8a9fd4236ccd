#version 450
/* Positions in pixels; the provoking vertex's number is what gets drawn. */
layout(location = 0) in vec2 pos;
layout(location = 1) in uint id;
layout(push_constant) uniform Push { vec2 scale; uint per_instance; float point_size; };
layout(location = 0) flat out uint o_id;
void main()
{
    gl_Position = vec4(pos * scale - 1.0, 0.5, 1.0);
    gl_PointSize = point_size;
    o_id = id + uint(gl_InstanceIndex) * per_instance;
}
