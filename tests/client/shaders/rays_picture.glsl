// Balls over a floor with holes: what the picture's shaders share.
layout(set = 0, binding = 2) uniform accelerationStructureEXT top;
struct Light { vec3 color; uint depth; };
const vec3 SUN = vec3(0.48, 0.64, 0.6);
const uint FLAGS_SHADOW = gl_RayFlagsTerminateOnFirstHitEXT | gl_RayFlagsSkipClosestHitShaderEXT;
