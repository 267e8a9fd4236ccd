"""The Vulkan registry (vk.xml) as ctypes structures, and a driver asked through the loader with them."""
import ctypes
import json
import os
import re
import xml.etree.ElementTree as ET

BASE = {"uint32_t": ctypes.c_uint32, "int32_t": ctypes.c_int32, "uint64_t": ctypes.c_uint64, "int64_t": ctypes.c_int64,
        "uint8_t": ctypes.c_uint8, "uint16_t": ctypes.c_uint16, "float": ctypes.c_float, "size_t": ctypes.c_size_t,
        "char": ctypes.c_char, "int": ctypes.c_int, "VkBool32": ctypes.c_uint32, "VkFlags": ctypes.c_uint32, "VkFlags64": ctypes.c_uint64,
        "VkDeviceSize": ctypes.c_uint64, "VkDeviceAddress": ctypes.c_uint64}


def for_vulkan(element):
    return "vulkan" in element.get("api", "vulkan").split(",")


class Registry:
    def __init__(self, path):
        root = ET.parse(path).getroot()
        self.types = {t.get("name") or t.findtext("name"): t for t in root.findall("types/type") if for_vulkan(t)}
        self.features = [f for f in root.findall("feature") if for_vulkan(f)]
        self.extensions = [x for x in root.findall("extensions/extension") if "vulkan" in x.get("supported", "").split(",")]
        self.constants, self.made = {}, {}
        for group in root.findall("enums"):
            for e in group.findall("enum"):
                self._constant(e, None)
        for part in self.features + self.extensions:
            for e in part.findall("require/enum"):
                self._constant(e, part.get("number"))
        self.aliases = {}  # name of a command: all its names
        for c in root.findall("commands/command"):
            if c.get("alias") and for_vulkan(c):
                names = self.aliases.setdefault(c.get("alias"), {c.get("alias")})
                names.add(c.get("name"))
                self.aliases[c.get("name")] = names
        self.first_parameter = {}
        for c in root.findall("commands/command"):
            if c.find("proto") is not None:
                self.first_parameter[c.findtext("proto/name")] = c.findtext("param/type")

    def _constant(self, e, extension):
        name = e.get("name")
        if e.get("value") is not None:
            try:
                self.constants.setdefault(name, int(e.get("value").strip("()ULF~"), 0))
            except ValueError:
                pass
        elif e.get("bitpos") is not None:
            self.constants.setdefault(name, 1 << int(e.get("bitpos")))
        elif e.get("offset") is not None:
            value = 1000000000 + (int(e.get("extnumber") or extension) - 1) * 1000 + int(e.get("offset"))
            self.constants.setdefault(name, -value if e.get("dir") == "-" else value)
        elif e.get("alias") in self.constants:
            self.constants.setdefault(name, self.constants[e.get("alias")])

    def original(self, command):
        """The command that the name is an alias of."""
        return next((n for n in self.aliases.get(command, ()) if n in self.first_parameter), command)

    def struct_name(self, name):
        """The name behind aliases."""
        while name in self.types and self.types[name].get("alias"):
            name = self.types[name].get("alias")
        return name

    def struct(self, name):
        """ctypes class of a structure; its members have the registry's names."""
        name = self.struct_name(name)
        if name not in self.made:
            fields = [(m.findtext("name"), self._member_type(m)) for m in self.types[name].findall("member") if for_vulkan(m)]
            self.made[name] = type(name, (ctypes.Structure,), {"_fields_": fields})
        return self.made[name]

    def _member_type(self, member):
        text = "".join(member.itertext())
        kind = member.findtext("type")
        if "*" in text:
            return ctypes.c_void_p
        base = BASE.get(kind)
        if base is None:
            t = self.types[self.struct_name(kind)]
            category = t.get("category")
            if category == "struct":
                base = self.struct(kind)
            elif category == "bitmask":
                base = ctypes.c_uint64 if "VkFlags64" in "".join(t.itertext()) else ctypes.c_uint32
            elif category == "enum":
                base = ctypes.c_int32
            else:
                base = ctypes.c_void_p
        for size in reversed(re.findall(r"\[\s*(\w+)\s*\]", text.split(member.findtext("name"), 1)[1])):
            base = base * int(self.constants.get(size, size))
        return base

    def make(self, name):
        """A zeroed structure with its sType."""
        made = self.struct(name)()
        for m in self.types[self.struct_name(name)].findall("member"):
            if m.findtext("name") == "sType" and for_vulkan(m):
                made.sType = self.constants[m.get("values")]
        return made

    def version(self, minor):
        """The registry's blocks of Vulkan 1.0 up to 1.<minor>: [(minor, element)]"""
        return [(int(f.get("number").split(".")[1]), f) for f in self.features
                if f.get("name").startswith("VK_") and int(f.get("number").split(".")[1]) <= minor]


class Device:
    """The first physical device, and a logical device with every extension that it offers."""

    def __init__(self, registry):
        self.registry = registry
        self.lib = ctypes.CDLL("libvulkan.so.1")
        self.get = self.lib.vkGetInstanceProcAddr
        self.get.restype, self.get.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]
        application = registry.make("VkApplicationInfo")
        application.apiVersion = 1 << 22 | 4 << 12
        instance_extensions = self._extensions(None, "vkEnumerateInstanceExtensionProperties")
        info = registry.make("VkInstanceCreateInfo")
        wanted = (ctypes.c_char_p * 1)(b"VK_KHR_get_physical_device_properties2")
        info.pApplicationInfo = ctypes.addressof(application)
        if "VK_KHR_get_physical_device_properties2" in instance_extensions:
            info.enabledExtensionCount, info.ppEnabledExtensionNames = 1, ctypes.addressof(wanted)
        self.instance = ctypes.c_void_p()
        self._check(self.lib.vkCreateInstance(ctypes.byref(info), None, ctypes.byref(self.instance)), "vkCreateInstance")
        self.driver_instance_extensions = self._driver_extensions()
        self.instance_extensions = instance_extensions | self.driver_instance_extensions
        count = ctypes.c_uint32(1)
        self.physical = ctypes.c_void_p()
        result = self.lib.vkEnumeratePhysicalDevices(self.instance, ctypes.byref(count), ctypes.byref(self.physical))
        self._check(0 if result == registry.constants["VK_INCOMPLETE"] else result, "vkEnumeratePhysicalDevices")
        self.extensions = self._extensions(self.physical, "vkEnumerateDeviceExtensionProperties")
        self.properties = registry.struct("VkPhysicalDeviceProperties")()
        self.lib.vkGetPhysicalDeviceProperties(self.physical, ctypes.byref(self.properties))
        self.minor = self.properties.apiVersion >> 12 & 0x3FF
        self.cache = {}
        self._create_device()

    def _check(self, result, what):
        if result != 0:
            raise SystemExit(f"{what}: result {result}")

    def _extensions(self, physical, function):
        count = ctypes.c_uint32()
        arguments = (physical, None) if physical else (None,)
        call = getattr(self.lib, function)
        self._check(call(*arguments, ctypes.byref(count), None), function)
        array = (self.registry.struct("VkExtensionProperties") * count.value)()
        self._check(call(*arguments, ctypes.byref(count), array), function)
        return {e.extensionName.decode() for e in array}

    def _driver_extensions(self):
        """Instance extensions of the driver itself: a loader hides those that it does not know."""
        manifest = os.environ.get("VK_DRIVER_FILES", "").split(":")[0]
        try:
            with open(manifest) as f:
                library = json.load(f)["ICD"]["library_path"]
            driver = ctypes.CDLL(os.path.join(os.path.dirname(manifest), library) if "/" in library else library)
        except (OSError, ValueError, KeyError):
            return set()
        get = driver.vk_icdGetInstanceProcAddr
        get.restype, get.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]
        call = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(
            get(None, b"vkEnumerateInstanceExtensionProperties"))
        count = ctypes.c_uint32()
        self._check(call(None, ctypes.addressof(count), None), "the driver's vkEnumerateInstanceExtensionProperties")
        array = (self.registry.struct("VkExtensionProperties") * count.value)()
        self._check(call(None, ctypes.addressof(count), ctypes.addressof(array)), "the driver's vkEnumerateInstanceExtensionProperties")
        return {e.extensionName.decode() for e in array}

    def _create_device(self):
        queue = self.registry.make("VkDeviceQueueCreateInfo")
        priority = ctypes.c_float(1)
        queue.queueCount, queue.pQueuePriorities = 1, ctypes.addressof(priority)
        names = [e.encode() for e in sorted(self.extensions)]
        array = (ctypes.c_char_p * len(names))(*names)
        info = self.registry.make("VkDeviceCreateInfo")
        info.queueCreateInfoCount, info.pQueueCreateInfos = 1, ctypes.addressof(queue)
        info.enabledExtensionCount, info.ppEnabledExtensionNames = len(names), ctypes.addressof(array)
        self.device = ctypes.c_void_p()
        self._check(self.lib.vkCreateDevice(self.physical, ctypes.byref(info), None, ctypes.byref(self.device)), "vkCreateDevice")
        self.get_device = self.lib.vkGetDeviceProcAddr
        self.get_device.restype, self.get_device.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]

    def function(self, *names):
        """Instance-level function under the first of the names that exists."""
        for name in names:
            address = self.get(self.instance, name.encode())
            if address:
                return ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(address)
        return None

    def has_command(self, name, exact):
        """Whether the device's command can be had under its name, or under an alias unless exact."""
        names = {name} if exact else self.registry.aliases.get(name, {name})
        return any(self.get_device(self.device, n.encode()) for n in names)

    def struct(self, name):
        """A structure of features or properties, filled by the driver; zeros where it knows nothing of it."""
        name = self.registry.struct_name(name)
        if name in self.cache:
            return self.cache[name]
        base = "VkPhysicalDeviceFeatures" if "VkPhysicalDeviceFeatures2" in self.registry.types[name].get("structextends", "") or \
            name == "VkPhysicalDeviceFeatures" else "VkPhysicalDeviceProperties"
        head = self.registry.make(base + "2")
        call = self.function(f"vkGet{base[2:]}2", f"vkGet{base[2:]}2KHR")
        if name == base:
            call(self.physical, ctypes.byref(head))
            got = getattr(head, "features" if "Features" in base else "properties")
        else:
            got = self.registry.make(name)
            head.pNext = ctypes.addressof(got)
            call(self.physical, ctypes.byref(head))
        self.cache[name] = got
        return got

    def format(self, value):
        """(optimal, buffer) feature flags"""
        got = self.registry.struct("VkFormatProperties")()
        self.lib.vkGetPhysicalDeviceFormatProperties(self.physical, value, ctypes.byref(got))
        return got.optimalTilingFeatures, got.bufferFeatures

    def image_format(self, value, image_type, usage, flags):
        """VkImageFormatProperties with optimal tiling; None where it is not supported."""
        got = self.registry.struct("VkImageFormatProperties")()
        result = self.lib.vkGetPhysicalDeviceImageFormatProperties(self.physical, value, image_type, 0, usage, flags, ctypes.byref(got))
        return got if result == 0 else None
