#version 450
/* Mistakes, each line with what is to be found there. */
layout(local_size_x = 32) in;
layout(binding = 0) buffer Data { float data[]; };
layout(binding = 1, r32f) uniform image2D img;
layout(push_constant) uniform Push { int mode; float zero; };
shared float sums[32];
shared uint count;

float never(int i)
{
    float x;
    float list[4];
    list[0] = 1.0;
    if (i == 1) {
        x = 2.0;
    }
    if (x > 1.0) { //! undefined
        return list[i & 3]; /* only told where it is stored */
    }
    return 0.0;
}

void main()
{
    uint i = gl_LocalInvocationIndex;
    if (mode == 0) { /* nothing wrong */
        if (i == 0) {
            count = 0;
        }
        sums[i] = data[i];
        barrier();
        atomicAdd(count, 1);
        float other = sums[31 - i];
        barrier();
        data[i] = other + float(count) + sqrt(abs(data[i])) + imageLoad(img, ivec2(i & 3, 0)).x;
        imageStore(img, ivec2(i & 7, i >> 3), vec4(other));
    } else if (mode == 1) {
        float far = data[i + 40]; //! bounds race
        data[i * 5] = far; //! bounds race
    } else if (mode == 2) {
        data[i] = never(int(i)); //! undefined
    } else if (mode == 3) {
        float bad = (zero + float(i)) / zero; //! nan
        float worse = bad * 2.0;
        data[i] = worse + sqrt(-1.0 - zero); //! nan
    } else if (mode == 4) {
        sums[i] = 1.0; //! race
        float next = sums[(i + 1) & 31]; //! race undefined
        data[i] = next;
        data[0] = 2.0; //! race
    } else if (mode == 5) {
        imageStore(img, ivec2(i, 8), vec4(1)); //! bounds
        data[i] = imageLoad(img, ivec2(-1, i & 3)).x; //! bounds
    }
}
