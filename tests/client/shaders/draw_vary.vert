#version 450
layout(location = 0) in vec4 pos;
layout(location = 1) in vec3 value;
layout(location = 0) out vec3 smooth_value;
layout(location = 1) noperspective out vec3 flat_plane;
layout(location = 2) flat out vec3 provoking;
out gl_PerVertex { vec4 gl_Position; float gl_PointSize; };
void main()
{
    gl_Position = pos;
    gl_PointSize = 1.0;
    smooth_value = flat_plane = provoking = value;
}
