#version 450
layout(location = 0) in vec3 smooth_value;
layout(location = 1) noperspective in vec3 flat_plane;
layout(location = 2) flat in vec3 provoking;
layout(location = 0) out vec4 o0;
layout(location = 1) out vec4 o1;
layout(location = 2) out vec4 o2;
layout(location = 3) out vec4 o3;
void main()
{
    o0 = vec4(smooth_value, 1);
    o1 = vec4(flat_plane, gl_FrontFacing ? 1 : 0);
    o2 = vec4(provoking, 1);
    o3 = gl_FragCoord;
}
