// Every way that a shader can read a texel, and both ways to write one. Texel i stands at (i % 256, i / 256) and at i.
layout(local_size_x = 64) in;
layout(push_constant) uniform Push {
    uint n;
    uint sampled, storage, uniform_texels, storage_texels; // which to do
};
layout(binding = 0) uniform SAMPLER tex;
layout(binding = 1) uniform readonly IMAGE img_in;
layout(binding = 2) uniform writeonly IMAGE img_out;
layout(binding = 3) uniform SAMPLER_BUFFER buf_in;
layout(binding = 4) uniform readonly IMAGE_BUFFER stb_in;
layout(binding = 5) uniform writeonly IMAGE_BUFFER stb_out;
layout(binding = 6) writeonly buffer Sampled { VEC from_tex[]; };
layout(binding = 7) writeonly buffer Storage { VEC from_img[]; };
layout(binding = 8) writeonly buffer Texels { VEC from_buf[]; };
layout(binding = 9) writeonly buffer StorageTexels { VEC from_stb[]; };
void main()
{
    uint i = gl_GlobalInvocationID.x;
    if (i >= n) {
        return;
    }
    ivec2 at = ivec2(i % 256u, i / 256u);
    if (sampled != 0u) {
        from_tex[i] = texelFetch(tex, at, 0);
    }
    if (storage != 0u) {
        VEC v = imageLoad(img_in, at);
        from_img[i] = v;
        imageStore(img_out, at, v);
    }
    if (uniform_texels != 0u) {
        from_buf[i] = texelFetch(buf_in, int(i));
    }
    if (storage_texels != 0u) {
        VEC v = imageLoad(stb_in, int(i));
        from_stb[i] = v;
        imageStore(stb_out, int(i), v);
    }
}
