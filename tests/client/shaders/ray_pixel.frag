// target: vulkan1.2
#version 460
#extension GL_EXT_ray_query : require
layout(set = 0, binding = 0) uniform accelerationStructureEXT structure;
layout(location = 0) out vec4 color;

void main() // orthographic, along -z; one unit is a tenth of the picture's width
{
    vec3 at = vec3(gl_FragCoord.xy / 6.4 - 5.0, 10.0);
    rayQueryEXT q;
    rayQueryInitializeEXT(q, structure, gl_RayFlagsOpaqueEXT, 0xff, at, 0.0, vec3(0, 0, -1), 100.0);
    while (rayQueryProceedEXT(q)) {
        if (rayQueryGetIntersectionTypeEXT(q, false) == gl_RayQueryCandidateIntersectionAABBEXT) { // a ball in its box
            vec3 o = rayQueryGetIntersectionObjectRayOriginEXT(q, false), d = rayQueryGetIntersectionObjectRayDirectionEXT(q, false);
            vec3 c = vec3(2.0 * float(rayQueryGetIntersectionPrimitiveIndexEXT(q, false)) + 0.5, 0.5, 0.5);
            float a = dot(d, d), b = dot(o - c, d), e = dot(o - c, o - c) - 0.25, disc = b * b - a * e;
            if (disc >= 0.0)
                rayQueryGenerateIntersectionEXT(q, (-b - sqrt(disc)) / a);
        }
    }
    color = vec4(0.1, 0.1, 0.2, 1.0);
    if (rayQueryGetIntersectionTypeEXT(q, true) != gl_RayQueryCommittedIntersectionNoneEXT) {
        uint i = rayQueryGetIntersectionInstanceIdEXT(q, true), p = rayQueryGetIntersectionPrimitiveIndexEXT(q, true);
        float t = rayQueryGetIntersectionTEXT(q, true);
        color = vec4(float(i + 1) / 8.0, float(p % 8 + 1) / 8.0, clamp(1.0 - t / 20.0, 0.0, 1.0), 1.0);
    }
}
