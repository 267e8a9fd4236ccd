// What closest-hit shaders of both kinds of geometry bring back.
layout(location = 0) rayPayloadInEXT Result result;
layout(shaderRecordEXT, std430) buffer Record { uint number; };
void take_hit()
{
    result.record = number;
    result.primitive = gl_PrimitiveID;
    result.instance = gl_InstanceID;
    result.custom = gl_InstanceCustomIndexEXT;
    result.geometry = gl_GeometryIndexEXT;
    result.kind = gl_HitKindEXT;
    result.flags = gl_IncomingRayFlagsEXT;
    result.t = gl_HitTEXT;
    result.t_min = gl_RayTminEXT;
    result.world_origin = gl_WorldRayOriginEXT;
    result.world_direction = gl_WorldRayDirectionEXT;
    result.object_origin = gl_ObjectRayOriginEXT;
    result.object_direction = gl_ObjectRayDirectionEXT;
    result.to_world = gl_ObjectToWorldEXT;
    result.to_object = gl_WorldToObjectEXT;
}
