#version 450
layout(local_size_x = 16, local_size_y = 16) in;
layout(set = 0, binding = 0, rgba8) uniform writeonly image2D picture;
void main()
{
    ivec2 p = ivec2(gl_GlobalInvocationID.xy);
    ivec2 size = imageSize(picture);
    if (p.x >= size.x || p.y >= size.y) {
        return;
    }
    vec2 z = (vec2(p) + 0.5 - 0.5 * vec2(size)) / float(size.y) * 2.8;
    vec2 c = vec2(-0.79, 0.15);
    int i = 0;
    for (; i < 300; i++) {
        z = vec2(z.x * z.x - z.y * z.y, 2.0 * z.x * z.y) + c;
        if (dot(z, z) > 64.0) {
            break;
        }
    }
    float t = i == 300 ? 0.0 : (float(i) + 1.0 - log2(log2(dot(z, z)) * 0.5)) * 0.045;
    vec3 col = i == 300 ? vec3(0.02, 0.02, 0.05) : 0.5 + 0.5 * cos(6.2831853 * (vec3(0.0, 0.15, 0.3) + t));
    imageStore(picture, p, vec4(col, 1.0));
}
