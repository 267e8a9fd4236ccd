// target: vulkan1.2
#version 460
#extension GL_EXT_ray_query : require
#extension GL_EXT_nonuniform_qualifier : require
#extension GL_EXT_spirv_intrinsics : require
layout(local_size_x = 64) in;

spirv_instruction(extensions = ["SPV_KHR_ray_tracing_position_fetch"], capabilities = [5391], id = 5340)
vec3[3] vertex_positions(spirv_by_reference rayQueryEXT q, uint which);

struct Ray { // modes: 1 confirm triangles, 2 generate hits in boxes, 4 end at the first candidate, 8 the structure by its address
    vec3 origin;
    float tmin;
    vec3 direction;
    float tmax;
    uint flags, mask, mode, structure;
};
struct Hit {
    uint type, instance, custom_index, sbt, geometry, primitive, front, candidates;
    vec4 t_uv_tmin;
    vec4 object_origin, object_direction;
    mat4x3 to_world, to_object;
    vec4 position[3];
    uint flags, opaque_boxes, last_type, last_primitive;
};
layout(set = 0, binding = 0) uniform accelerationStructureEXT structures[4];
layout(set = 0, binding = 1, std430) readonly buffer Rays { Ray rays[]; };
layout(set = 0, binding = 2, std430) writeonly buffer Hits { Hit hits[]; };
layout(push_constant) uniform Push { uvec2 address; uint n; };

Hit walk(rayQueryEXT q, uint mode) // a function of its own: the query is passed
{
    Hit h;
    h.candidates = h.opaque_boxes = 0;
    h.last_type = h.last_primitive = 0xffffffffu;
    while (rayQueryProceedEXT(q)) {
        h.candidates++;
        h.last_type = rayQueryGetIntersectionTypeEXT(q, false);
        h.last_primitive = rayQueryGetIntersectionPrimitiveIndexEXT(q, false);
        if (h.last_type == gl_RayQueryCandidateIntersectionTriangleEXT) {
            if ((mode & 1) != 0)
                rayQueryConfirmIntersectionEXT(q);
        } else {
            h.opaque_boxes += rayQueryGetIntersectionCandidateAABBOpaqueEXT(q) ? 1 : 0;
            if ((mode & 2) != 0) { // the middle of the box's primitive number, as seen from the ray
                vec3 o = rayQueryGetIntersectionObjectRayOriginEXT(q, false), d = rayQueryGetIntersectionObjectRayDirectionEXT(q, false);
                vec3 c = vec3(2.0 * float(h.last_primitive) + 0.5, 0.5, 0.5);
                float t = dot(c - o, d) / dot(d, d);
                if (t >= rayQueryGetRayTMinEXT(q))
                    rayQueryGenerateIntersectionEXT(q, t);
            }
        }
        if ((mode & 4) != 0)
            rayQueryTerminateEXT(q);
    }
    return h;
}

void main()
{
    if (gl_GlobalInvocationID.x >= n)
        return;
    Ray r = rays[gl_GlobalInvocationID.x];
    rayQueryEXT q[2]; // the other one is in use meanwhile
    uint k = r.mode >> 8 & 1;
    rayQueryInitializeEXT(q[1 - k], structures[0], 0, 0xff, r.origin, 0.0, -r.direction, 1000.0);
    if ((r.mode & 8) != 0)
        rayQueryInitializeEXT(q[k], accelerationStructureEXT(address), r.flags, r.mask, r.origin, r.tmin, r.direction, r.tmax);
    else
        rayQueryInitializeEXT(q[k], structures[nonuniformEXT(r.structure)], r.flags, r.mask, r.origin, r.tmin, r.direction, r.tmax);
    rayQueryProceedEXT(q[1 - k]);
    Hit h = walk(q[k], r.mode);
    h.type = rayQueryGetIntersectionTypeEXT(q[k], true);
    h.flags = rayQueryGetRayFlagsEXT(q[k]);
    h.instance = h.custom_index = h.sbt = h.geometry = h.primitive = h.front = 0;
    h.t_uv_tmin = vec4(0, 0, 0, rayQueryGetRayTMinEXT(q[k]));
    h.object_origin = h.object_direction = vec4(0);
    h.to_world = h.to_object = mat4x3(0);
    h.position = vec4[3](vec4(0), vec4(0), vec4(0));
    if (h.type != gl_RayQueryCommittedIntersectionNoneEXT) {
        h.instance = rayQueryGetIntersectionInstanceIdEXT(q[k], true);
        h.custom_index = rayQueryGetIntersectionInstanceCustomIndexEXT(q[k], true);
        h.sbt = rayQueryGetIntersectionInstanceShaderBindingTableRecordOffsetEXT(q[k], true);
        h.geometry = rayQueryGetIntersectionGeometryIndexEXT(q[k], true);
        h.primitive = rayQueryGetIntersectionPrimitiveIndexEXT(q[k], true);
        h.t_uv_tmin.x = rayQueryGetIntersectionTEXT(q[k], true);
        h.object_origin.xyz = rayQueryGetIntersectionObjectRayOriginEXT(q[k], true);
        h.object_direction.xyz = rayQueryGetIntersectionObjectRayDirectionEXT(q[k], true);
        h.to_world = rayQueryGetIntersectionObjectToWorldEXT(q[k], true);
        h.to_object = rayQueryGetIntersectionWorldToObjectEXT(q[k], true);
        h.object_origin.w = length(rayQueryGetWorldRayOriginEXT(q[k]) - r.origin);
        h.object_direction.w = length(rayQueryGetWorldRayDirectionEXT(q[k]) - r.direction);
    }
    if (h.type == gl_RayQueryCommittedIntersectionTriangleEXT) {
        h.front = rayQueryGetIntersectionFrontFaceEXT(q[k], true) ? 1 : 0;
        h.t_uv_tmin.yz = rayQueryGetIntersectionBarycentricsEXT(q[k], true);
        vec3 p[3] = vertex_positions(q[k], 1u);
        for (int i = 0; i < 3; i++)
            h.position[i].xyz = p[i];
    }
    hits[gl_GlobalInvocationID.x] = h;
}
