#version 450
layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;
layout(location = 2) in vec2 uv;
layout(push_constant) uniform Push { mat4 mvp; mat4 model; } push;
layout(location = 0) out vec3 out_normal;
layout(location = 1) out vec2 out_uv;
layout(location = 2) out vec3 out_world;
void main()
{
    out_normal = mat3(push.model) * normal;
    out_uv = uv;
    out_world = (push.model * vec4(position, 1.0)).xyz;
    gl_Position = push.mvp * vec4(position, 1.0);
}
