/* A place in memory for each pixel (BY_SAMPLE: for each sample) of each view: how many came, what they have left, who they were. */
layout(constant_id = 0) const uint SAMPLES = 1u;
layout(constant_id = 1) const bool BY_SAMPLE = false;
layout(location = 0) flat in uint id;
layout(binding = 0, std430) coherent buffer Out { uint data[]; };
layout(binding = 1, std430) buffer Counts { uint count[]; };
void main()
{
    const uvec2 p = uvec2(gl_FragCoord.xy);
    const uint pixel = (uint(gl_ViewIndex) * 40u + p.y) * 40u + p.x, place = BY_SAMPLE ? pixel * SAMPLES + uint(gl_SampleID) : pixel;
    const uint who = BY_SAMPLE || SAMPLES == 1u ? id : id * SAMPLES + uint(gl_SampleID), at = place * 200u;
    atomicAdd(count[place], 1u);
    beginInvocationInterlockARB();
    const uint n = data[at];
    data[at + 1u] = data[at + 1u] * 5u + who + 1u;
    if (n < 198u) {
        data[at + 2u + n] = who;
    }
    data[at] = n + 1u;
    endInvocationInterlockARB();
}
