#version 450
layout(location = 0) in vec2 corner;
layout(location = 1) in vec4 instance; /* x, y, size, hue */
layout(location = 0) flat out vec3 color;
void main()
{
    float angle = instance.w * 6.2831853 + float(gl_InstanceIndex) * 0.1;
    mat2 turn = mat2(cos(angle), sin(angle), -sin(angle), cos(angle));
    color = 0.55 + 0.45 * cos(6.2831853 * (instance.w + vec3(0.0, 0.33, 0.67)));
    gl_Position = vec4(instance.xy + turn * corner * instance.z, instance.w, 1.0);
}
