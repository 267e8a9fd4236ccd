#version 450
#extension GL_GOOGLE_include_directive : require
#include "tess_pack.glsl"
