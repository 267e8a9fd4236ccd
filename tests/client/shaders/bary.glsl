/* Where vertex i of the scene stands. The host has the same function. */
layout(push_constant) uniform Push {
    uint layout_;  /* 0 zigzag, 1 zigzag of every other vertex, 2 a fan */
    uint clip;     /* 0 nothing, 1 by distance, 2 by the near plane, 3 vertex 1 behind the eye */
    uint viewport;
};

vec4 place(uint i)
{
    const uint k = layout_ == 1u ? i / 2u : i;
    vec2 p = vec2(-0.9 + 0.22 * float(k), (k & 1u) != 0u ? 0.8 : -0.75);
    if (layout_ == 2u) {
        p = i == 0u ? vec2(0.0, -0.8) : vec2(0.9 - 0.2 * float(i), 0.85 - 0.03 * float(i * i % 7u));
    }
    float w = 1.0 + 0.5 * float(i % 3u);
    float z = 0.5;
    if (clip == 2u) {
        z = i % 3u == 1u ? -0.4 : 0.5;
    } else if (clip == 3u && i == 1u) {
        w = -0.3;
    }
    return vec4(p * w, z * w, w);
}
