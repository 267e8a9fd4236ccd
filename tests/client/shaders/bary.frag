#version 450
#extension GL_EXT_fragment_shader_barycentric : require
/* Everything about the fragment's place in its primitive: one record per pixel and sample. */
layout(constant_id = 0) const uint SAMPLES = 1u;
layout(location = 0) pervertexEXT in vec2 value[];
layout(location = 1) pervertexEXT in float flat_value[];
layout(location = 2) pervertexEXT in uint id[];
layout(location = 3) pervertexEXT in dvec2 wide[];
struct Record {
    vec4 smooth_, linear, elsewhere, middle, coord;
    uvec4 ids; /* of the three vertices; number of the primitive + 1 */
    uvec4 data; /* index by a variable; 64 bits; sample */
};
layout(binding = 0, std430) buffer Out { Record r[]; };
void main()
{
    const uint sampled = SAMPLES > 1u ? uint(gl_SampleID) : 0u;
    const uint at = (uint(gl_FragCoord.y) * 64u + uint(gl_FragCoord.x)) * SAMPLES + sampled;
    const uint turn = uint(gl_FragCoord.x) % 3u;
    Record o;
    o.smooth_ = vec4(gl_BaryCoordEXT, dot(gl_BaryCoordEXT, vec3(value[0].x, value[1].x, value[2].x)));
    o.linear = vec4(gl_BaryCoordNoPerspEXT, dot(gl_BaryCoordNoPerspEXT, vec3(flat_value[0], flat_value[1], flat_value[2])));
    o.elsewhere = vec4(interpolateAtOffset(gl_BaryCoordEXT, vec2(0.25, -0.375)), value[turn].y);
    o.middle = vec4(interpolateAtCentroid(gl_BaryCoordNoPerspEXT), 0.0);
    o.coord = gl_FragCoord;
    o.ids = uvec4(id[0], id[1], id[2], uint(gl_PrimitiveID) + 1u);
    o.data = uvec4(id[turn], uint(wide[1].x == double(id[1]) * 1.0000000001LF && wide[2].y == -double(id[2])), sampled, turn);
    r[at] = o;
}
