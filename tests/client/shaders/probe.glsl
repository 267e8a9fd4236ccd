// Samples at given places.
layout(local_size_x = 16) in;
layout(binding = 0) uniform SAMPLER tex;
layout(binding = 1) readonly buffer Places { vec4 place[]; }; // coordinates, level of detail
layout(binding = 2) writeonly buffer Out { vec4 result[]; };
void main()
{
    uint i = gl_GlobalInvocationID.x;
    if (i < uint(place.length())) {
        result[i] = textureLod(tex, place[i].COORD, place[i].w);
    }
}
