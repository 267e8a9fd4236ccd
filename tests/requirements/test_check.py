#!/usr/bin/env python3
"""Tests of the checker itself with a device that does not exist: it finds what is missing and nothing else.

usage: test_check.py VK_XML
"""
import importlib.machinery
import importlib.util
import os
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
loader = importlib.machinery.SourceFileLoader("check", os.path.join(HERE, "check"))
check = importlib.util.module_from_spec(importlib.util.spec_from_loader("check", loader))
loader.exec_module(check)
REGISTRY = check.vkreg.Registry(sys.argv.pop(1))


class Fake:
    """A device of which every limit is as good as possible and every feature is there, but for what a test takes away."""

    def __init__(self, minor=0):
        self.minor, self.extensions, self.made = minor, set(), {}
        self.instance_extensions, self.driver_instance_extensions = set(), set()
        self.properties = REGISTRY.make("VkPhysicalDeviceProperties")
        limits = self.properties.limits
        for line in check.required.LIMITS.split("\n")[1:-1]:
            name, kind, first, later = line.split()[:4]
            want = check.values(first if later == "-" else later)
            have = getattr(limits, name)
            want = want if hasattr(have, "_length_") else want[0]
            if hasattr(have, "_length_"):
                for i, v in enumerate(want):
                    have[i] = v if isinstance(have[i], float) else int(v)
            else:
                setattr(limits, name, want if isinstance(have, float) else int(want))
        for name in check.required.POWERS_OF_TWO + check.required.TRUE_IN_1_4:
            setattr(limits, name, getattr(limits, name) or 1)
        limits.viewportBoundsRange[0], limits.viewportBoundsRange[1] = -20000, 20000
        limits.maxViewportDimensions[0] = limits.maxViewportDimensions[1] = 8192

    def struct(self, name):
        name = REGISTRY.struct_name(name)
        if name not in self.made:
            made = self.made[name] = REGISTRY.make(name)
            if "Features" in name:
                for member, kind in made._fields_:
                    if member not in ("sType", "pNext"):
                        setattr(made, member, 1)
        return self.made[name]

    def format(self, value):
        return 0xFFFFFFFF, 0xFFFFFFFF

    def image_format(self, value, image_type, usage, flags):
        got = REGISTRY.make("VkImageFormatProperties")
        limits = self.properties.limits
        extents = [getattr(limits, e) if e else 1 for n, t, f, extents in check.required.IMAGE_TYPES for e in extents if (t, f) == (image_type, flags)]
        got.maxExtent.width, got.maxExtent.height, got.maxExtent.depth = extents
        got.maxMipLevels, got.maxArrayLayers = max(extents).bit_length(), 1 if image_type == 2 else limits.maxImageArrayLayers
        got.sampleCounts, got.maxResourceSize = 5 if image_type == 1 and not flags else 1, 1 << 31
        return got

    def has_command(self, name, exact):
        return True


class CheckerTest(unittest.TestCase):
    def missing(self, device, *checks):
        checker = check.Checker(REGISTRY, device)
        for name in checks:
            getattr(checker, name)()
        self.assertGreater(checker.checked, 0)
        return [(minor, name) for minor, name, _ in checker.missing]

    def test_features(self):
        self.assertEqual(self.missing(Fake(), "features"), [])
        device = Fake()
        device.struct("VkPhysicalDeviceFeatures").robustBufferAccess = 0
        device.struct("VkPhysicalDeviceMaintenance4Features").maintenance4 = 0
        device.struct("VkPhysicalDeviceTimelineSemaphoreFeatures").timelineSemaphore = 0
        self.assertEqual(self.missing(device, "features"), [(0, "robustBufferAccess")])  # the versions' own structures have the others
        device.struct("VkPhysicalDeviceVulkan13Features").maintenance4 = 0
        self.assertIn((3, "maintenance4"), self.missing(device, "features"))

    def test_condition(self):
        device = Fake()
        device.extensions = {"VK_A", "VK_B"}
        checker = check.Checker(REGISTRY, device)
        for text, want in ((None, True), ("VK_A", True), ("VK_C", False), ("VK_C,VK_B", True), ("VK_A+VK_C", False), ("VK_A+VK_B", True),
                           ("VkPhysicalDeviceFeatures::shaderInt64", True)):
            self.assertEqual(checker.condition(text), want, text)
        device.struct("VkPhysicalDeviceFeatures").shaderInt64 = 0
        self.assertFalse(checker.condition("VkPhysicalDeviceFeatures::shaderInt64"))

    def core_limits(self, device):
        return [m for m in self.missing(device, "limits") if hasattr(device.properties.limits, m[1])]

    def test_limits(self):
        self.assertEqual(self.core_limits(Fake()), [])
        for name, value, want in (("maxImageDimension2D", 4096, [4]), ("maxImageDimension2D", 4095, [0, 4]), ("nonCoherentAtomSize", 512, [0]),
                                  ("nonCoherentAtomSize", 96, [0]), ("framebufferColorSampleCounts", 3, [0]), ("minTexelOffset", -7, [0]),
                                  ("maxSamplerAnisotropy", 15.0, [0]), ("maxDescriptorSetSamplers", 95, [0]), ("maxPerStageResources", 40, [0, 4])):
            device = Fake()
            setattr(device.properties.limits, name, value)
            self.assertEqual(self.core_limits(device), [(minor, name) for minor in want], (name, value))
        device = Fake()
        device.properties.limits.maxComputeWorkGroupSize[2] = 63
        self.assertEqual(self.core_limits(device), [(0, "maxComputeWorkGroupSize"), (4, "maxComputeWorkGroupSize")])

    def test_limits_depend_on_features(self):
        device = Fake()
        device.properties.limits.maxViewports = 1
        self.assertEqual(self.core_limits(device), [(0, "maxViewports")])
        device.struct("VkPhysicalDeviceFeatures").multiViewport = 0
        self.assertEqual(self.core_limits(device), [])
        device.properties.limits.maxDescriptorSetSamplers = 48
        self.assertEqual(self.core_limits(device), [(0, "maxDescriptorSetSamplers")])
        device.struct("VkPhysicalDeviceFeatures").geometryShader = device.struct("VkPhysicalDeviceFeatures").tessellationShader = 0
        self.assertEqual(self.core_limits(device), [])

    def test_formats(self):
        constants = REGISTRY.constants
        self.assertEqual(self.missing(Fake(), "formats"), [])

        def without(bit, *names):
            device = Fake()
            values = {constants["VK_FORMAT_" + n] for n in names}
            device.format = lambda value: (0xFFFFFFFF ^ (constants[f"VK_FORMAT_FEATURE_{bit}_BIT"] if value in values else 0), 0xFFFFFFFF)
            return device
        self.assertEqual(self.missing(without("BLIT_DST", "R8G8B8A8_SRGB", "R16_UNORM"), "formats"), [(0, "VK_FORMAT_R8G8B8A8_SRGB")])
        self.assertEqual(self.missing(without("TRANSFER_SRC", "E5B9G9R9_UFLOAT_PACK32"), "formats"), [(1, "VK_FORMAT_E5B9G9R9_UFLOAT_PACK32")])
        depth = "DEPTH_STENCIL_ATTACHMENT"
        self.assertEqual(self.missing(without(depth, "X8_D24_UNORM_PACK32", "D24_UNORM_S8_UINT"), "formats"), [])
        self.assertEqual(len(self.missing(without(depth, "D32_SFLOAT", "X8_D24_UNORM_PACK32"), "formats")), 1)
        extended = without("STORAGE_IMAGE", "R8_UNORM")
        self.assertEqual(self.missing(extended, "formats"), [(0, "VK_FORMAT_R8_UNORM")])
        extended.struct("VkPhysicalDeviceFeatures").shaderStorageImageExtendedFormats = 0
        self.assertEqual(self.missing(extended, "formats"), [])

    def test_compressed_families(self):
        linear = "SAMPLED_IMAGE_FILTER_LINEAR"
        constants = REGISTRY.constants

        def lacking(*names):
            device = Fake()
            values = {constants["VK_FORMAT_" + n] for n in names}
            device.format = lambda value: (0xFFFFFFFF ^ (constants[f"VK_FORMAT_FEATURE_{linear}_BIT"] if value in values else 0), 0xFFFFFFFF)
            return device
        # a family that is offered must be whole, and one of them must be
        self.assertEqual(self.missing(lacking("BC6H_SFLOAT_BLOCK"), "formats"), [(0, "textureCompressionBC")])
        self.assertEqual(self.missing(lacking("ASTC_4x4_SFLOAT_BLOCK"), "formats"), [])
        device = lacking("BC7_SRGB_BLOCK", "EAC_R11_UNORM_BLOCK", "ASTC_12x12_SRGB_BLOCK")
        for n in ("BC", "ETC2", "ASTC_LDR"):
            setattr(device.struct("VkPhysicalDeviceFeatures"), "textureCompression" + n, 0)
        self.assertEqual(self.missing(device, "formats"), [(0, "compressed formats")])

    def test_images(self):
        self.assertEqual(self.missing(Fake(), "images"), [])
        srgb = REGISTRY.constants["VK_FORMAT_R8G8B8A8_SRGB"]

        def with_change(change, usage=0x10, flags=0):
            device = Fake()

            def image_format(*asked):
                got = Fake.image_format(device, *asked)
                return change(got) if asked == (srgb, 1, usage, flags) else got
            device.image_format = image_format
            return [name for _, name in self.missing(device, "images")]

        def setting(member, value):
            return lambda got: setattr(got, member, value) or got
        one = ["VK_FORMAT_R8G8B8A8_SRGB, 2D image, COLOR_ATTACHMENT"]
        self.assertEqual(with_change(lambda got: None), one)
        for member, value in (("maxMipLevels", 1), ("maxArrayLayers", 2047), ("maxResourceSize", 1 << 30), ("sampleCounts", 1)):
            self.assertEqual(with_change(setting(member, value)), one, member)
        self.assertEqual(with_change(setting("maxArrayLayers", 4096)), [])
        self.assertEqual(with_change(setting("sampleCounts", 5), 4, 0x10), ["VK_FORMAT_R8G8B8A8_SRGB, cube image, SAMPLED_IMAGE"])

    def test_agreement(self):
        device = Fake(minor=3)
        self.assertEqual(self.missing(device, "agreement"), [])
        device.struct("VkPhysicalDeviceVulkan12Features").hostQueryReset = 0
        device.struct("VkPhysicalDeviceVulkan11Properties").maxPerSetDescriptors = 3
        self.assertEqual(sorted(self.missing(device, "agreement")), [(1, "VkPhysicalDeviceVulkan11Properties.maxPerSetDescriptors"),
                                                                     (2, "VkPhysicalDeviceVulkan12Features.hostQueryReset")])

    def test_extensions(self):
        device = Fake()
        device.extensions = {"VK_KHR_swapchain", "VK_KHR_maintenance4", "VK_KHR_maintenance1"}
        self.assertEqual(sorted(self.missing(device, "extensions")), [(0, "VK_KHR_maintenance4"), (0, "VK_KHR_swapchain")])
        device.instance_extensions, device.minor = {"VK_KHR_surface"}, 1
        self.assertEqual(self.missing(device, "extensions"), [])
        device.has_command = lambda name, exact: name not in ("vkAcquireNextImageKHR", "vkTrimCommandPoolKHR")
        self.assertEqual(sorted(self.missing(device, "extensions")), [(0, "vkAcquireNextImageKHR"), (0, "vkTrimCommandPoolKHR")])
        device.driver_instance_extensions = {"VK_KHR_surface_protected_capabilities", "VK_EXT_debug_utils"}
        self.assertIn((0, "VK_KHR_surface_protected_capabilities"), self.missing(device, "extensions"))
        for text, want in (("True and ( False or True )", True), ("False or True and True", True), ("True or False and False", False),
                           ("( True or False ) and ( False )", False)):
            self.assertEqual(check.left_to_right(text.split()), want, text)

    def test_commands(self):
        device = Fake(minor=1)
        asked = {}
        device.has_command = lambda name, exact: asked.setdefault(name, exact) is None or name != "vkTrimCommandPool"
        self.assertEqual(self.missing(device, "commands"), [(1, "vkTrimCommandPool")])
        self.assertEqual((asked["vkCmdDraw"], asked["vkTrimCommandPool"], asked["vkCmdDrawIndirectCount"]), (True, True, False))
        self.assertNotIn("vkCreateInstance", asked)


if __name__ == "__main__":
    unittest.main()
