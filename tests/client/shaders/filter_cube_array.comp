#version 450
/* Arrays of cubes: sampled, compared, gathered, fetched for their size, and stored to. */
layout(local_size_x = 16) in;
layout(binding = 0) uniform samplerCubeArray cubes;
layout(binding = 1) uniform samplerCubeArrayShadow shadow;
layout(binding = 2, r32f) uniform imageCubeArray faces;
layout(binding = 3) readonly buffer Places { vec4 place[]; }; /* direction, cube */
layout(binding = 4) writeonly buffer Out { vec4 result[]; };
void main()
{
    const uint i = gl_GlobalInvocationID.x;
    if (i >= uint(place.length())) {
        return;
    }
    const vec4 p = place[i];
    result[i] = vec4(textureLod(cubes, p, 0.0).x, textureGather(cubes, p).w, texture(shadow, p, 5.5), textureSize(cubes, 0).z);
    imageStore(faces, ivec3(1, 2, i), vec4(imageLoad(faces, ivec3(1, 2, i)).x + 100.0));
}
