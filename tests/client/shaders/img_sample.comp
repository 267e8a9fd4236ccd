#version 450
layout(local_size_x = 64) in;
struct Sample { vec4 coord; vec4 more; }; /* more: level, kind of operation */
layout(binding = 0) buffer Out { vec4 data[]; };
layout(binding = 1) readonly buffer In { Sample samples[]; };
layout(binding = 2) uniform sampler2D flat2;
layout(binding = 3) uniform sampler2DArray layers;
layout(binding = 4) uniform samplerCube cube;
layout(binding = 5) uniform sampler3D volume;
layout(binding = 6) uniform sampler1D line;
layout(binding = 7) uniform sampler2DShadow shadow;
void main()
{
    const uint i = gl_GlobalInvocationID.x;
    const vec4 c = samples[i].coord;
    const float level = samples[i].more.x;
    vec4 v = vec4(-1);
    switch (int(samples[i].more.y)) {
    case 0: v = textureLod(flat2, c.xy, level); break;
    case 1: v = textureLod(layers, c.xyz, level); break;
    case 2: v = textureLod(cube, c.xyz, level); break;
    case 3: v = textureLod(volume, c.xyz, level); break;
    case 4: v = textureLod(line, c.x, level); break;
    case 5: v = vec4(textureLod(shadow, c.xyz, level)); break;
    case 6: v = textureGather(flat2, c.xy, 1); break;
    case 7: v = textureLodOffset(flat2, c.xy, level, ivec2(2, -3)); break;
    case 8: v = textureGrad(flat2, c.xy, vec2(exp2(level) / 16.0, 0), vec2(0, exp2(level) / 16.0)); break;
    case 9: v = textureProjLod(flat2, vec3(c.xy * 3.0, 3.0), level); break;
    case 10: v = vec4(textureSize(flat2, 1), textureQueryLevels(flat2), textureSize(layers, 0).z); break;
    default: v = vec4(textureSize(volume, 0), textureSize(cube, 0).x); break;
    }
    data[i] = v;
}
