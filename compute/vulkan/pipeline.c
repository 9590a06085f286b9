/* SPDX-License-Identifier: Apache-2.0 */
/* Compute pipelines, made from the embedded shaders when first asked for. All shaders share one
 * form: storage buffers 0 .. n - 1 of set 0, push constants of 128 bytes, entry point main. */
#include "compute/vulkan/spirv.h"
#include "compute/vulkan/vulkan_device.h"

#include "shaders/shaders_spirv.h"

static int
find_shader(const char *stem)
{
    for (size_t i = 0; i < G_N_ELEMENTS(shader_table); i++) {
        if (g_str_equal(shader_table[i].name, stem))
            return (int)i;
    }
    return -1;
}

bool
pipeline_has_shader(const char *stem)
{
    return find_shader(stem) >= 0;
}

/* The layouts for this number of bindings, made once a device. */
static bool
ensure_layout(VulkanDevice *device, int n_bindings, GError **error)
{
    if (device->pipeline_layouts[n_bindings])
        return true;
    VkDescriptorSetLayoutBinding bindings[DISPATCH_MAX_BINDINGS] = {0};
    for (int i = 0; i < n_bindings; i++)
        bindings[i] = (VkDescriptorSetLayoutBinding){
            .binding = (uint32_t)i,
            .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
            .descriptorCount = 1,
            .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
        };
    VkDescriptorSetLayoutCreateInfo set_info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
        .bindingCount = (uint32_t)n_bindings,
        .pBindings = bindings,
    };
    VkDescriptorSetLayout *set_layout = &device->set_layouts[n_bindings];
    VkResult result = VK_SUCCESS;
    if (!*set_layout)
        result = VULKAN_MAKE(
            device, vkCreateDescriptorSetLayout(device->handle, &set_info, NULL, set_layout));
    VkPushConstantRange push = {VK_SHADER_STAGE_COMPUTE_BIT, 0, PUSH_MAX};
    VkPipelineLayoutCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
        .setLayoutCount = 1,
        .pSetLayouts = set_layout,
        .pushConstantRangeCount = 1,
        .pPushConstantRanges = &push,
    };
    if (result == VK_SUCCESS)
        result = VULKAN_MAKE(device, vkCreatePipelineLayout(device->handle, &info, NULL,
                                                            &device->pipeline_layouts[n_bindings]));
    return result == VK_SUCCESS || vulkan_fail(device, result, "could not prepare a shader", error);
}

static bool
has_half(const DType *dtypes, int n)
{
    for (int i = 0; i < n; i++) {
        if (dtype_is_half(dtypes[i]))
            return true;
    }
    return false;
}

/* A shader's words: of the form that knows 16-bit storage where a binding has it. */
static const uint32_t *
shader_words(int shader, bool half, size_t *size)
{
    *size = half ? shader_table[shader].half.size : shader_table[shader].plain.size;
    return half ? shader_table[shader].half.words : shader_table[shader].plain.words;
}

static VkResult
create_pipeline(VulkanDevice *device, int shader, const PipelineKey *key, VkPipelineLayout layout,
                VkPipeline *handle)
{
    bool half = has_half(key->dtypes, key->n_bindings);
    VkShaderModuleCreateInfo module_info = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
    module_info.pCode = shader_words(shader, half, &module_info.codeSize);
    VkShaderModule module;
    VkResult result =
        VULKAN_MAKE(device, vkCreateShaderModule(device->handle, &module_info, NULL, &module));
    if (result != VK_SUCCESS)
        return result;
    VkSpecializationMapEntry entries[DISPATCH_MAX_CONSTANTS + DISPATCH_MAX_BINDINGS];
    uint32_t values[DISPATCH_MAX_CONSTANTS + DISPATCH_MAX_BINDINGS], n = 0;
    for (int i = 0; i < key->n_constants; i++, n++) {
        entries[n] = (VkSpecializationMapEntry){(uint32_t)i, n * 4, 4};
        values[n] = key->constants[i];
    }
    for (int i = 0; half && i < key->n_bindings; i++, n++) {
        entries[n] = (VkSpecializationMapEntry){SPIRV_FIRST_DTYPE + (uint32_t)i, n * 4, 4};
        values[n] = key->dtypes[i];
    }
    VkSpecializationInfo specialization = {
        .mapEntryCount = n,
        .pMapEntries = entries,
        .dataSize = n * sizeof *values,
        .pData = values,
    };
    VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .flags = VK_PIPELINE_CREATE_DISPATCH_BASE_BIT,
        .stage =
            {
                .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                .module = module,
                .pName = "main",
                .pSpecializationInfo = n > 0 ? &specialization : NULL,
            },
        .layout = layout,
    };
    result = VULKAN_MAKE(device, vkCreateComputePipelines(device->handle, device->pipeline_cache, 1,
                                                          &info, NULL, handle));
    vkDestroyShaderModule(device->handle, module, NULL);
    return result;
}

static char *
make_key(const PipelineKey *key)
{
    GString *text = g_string_new(key->stem);
    for (int i = 0; i < key->n_constants; i++)
        g_string_append_printf(text, ":%u", key->constants[i]);
    for (int i = 0; i < key->n_bindings && has_half(key->dtypes, key->n_bindings); i++)
        g_string_append_printf(text, "/%d", (int)key->dtypes[i]);
    return g_string_free(text, FALSE);
}

static int
inspect(const PipelineKey *key, SpirvInfo *info)
{
    int shader = find_shader(key->stem);
    size_t size = 0;
    const uint32_t *words = NULL;
    if (shader >= 0)
        words = shader_words(shader, has_half(key->dtypes, key->n_bindings), &size);
    if (!words || !spirv_inspect(words, size / 4, info))
        g_error("There is no shader shaders/%s.comp", key->stem);
    if (info->n_bindings > key->n_bindings)
        g_error("shaders/%s.comp has %d bindings, %d tensors are given", key->stem,
                info->n_bindings, key->n_bindings);
    for (int i = 0; i < key->n_bindings; i++) {
        if (dtype_is_half(key->dtypes[i]) && !(info->typed & 1u << i))
            g_error("shaders/%s.comp wants f32 in binding %d, it is given %s", key->stem, i,
                    dtype_name(key->dtypes[i]));
    }
    return shader;
}

const Pipeline *
pipeline_get(VulkanDevice *device, const PipelineKey *key, GError **error)
{
    const char *stem = key->stem;
    int n_bindings = key->n_bindings;
    if (!device->pipelines)
        device->pipelines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *text = make_key(key);
    Pipeline *pipeline = g_hash_table_lookup(device->pipelines, text);
    if (pipeline)
        return pipeline;
    SpirvInfo info;
    int shader = inspect(key, &info);
    if ((uint32_t)n_bindings > device->properties.limits.maxPerStageDescriptorStorageBuffers) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    "%s gives a shader %u buffers, %s needs %d: take the CPU device.",
                    device->base.description,
                    device->properties.limits.maxPerStageDescriptorStorageBuffers, stem,
                    n_bindings);
        return NULL;
    }
    if (!ensure_layout(device, n_bindings, error))
        return NULL;
    VkPipeline handle = VK_NULL_HANDLE;
    VkResult result =
        create_pipeline(device, shader, key, device->pipeline_layouts[n_bindings], &handle);
    if (result != VK_SUCCESS) {
        g_autofree char *what = g_strdup_printf("could not compile the shader %s", stem);
        vulkan_fail(device, result, what, error);
        return NULL;
    }
    device->pipeline_cache_dirty = true;
    pipeline = g_new0(Pipeline, 1);
    pipeline->stem = shader_table[shader].name;
    pipeline->handle = handle;
    pipeline->layout = device->pipeline_layouts[n_bindings];
    pipeline->n_bindings = n_bindings;
    pipeline->local_size = info.local_size;
    pipeline->reads = info.reads;
    pipeline->writes = info.writes;
    pipeline->splittable = !info.uses_num_workgroups;
    g_hash_table_insert(device->pipelines, g_steal_pointer(&text), pipeline);
    return pipeline;
}

char *
pipeline_shaders_digest(void)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    for (size_t i = 0; i < G_N_ELEMENTS(shader_table); i++) {
        g_checksum_update(checksum, (const guchar *)shader_table[i].plain.words,
                          (gssize)shader_table[i].plain.size);
        g_checksum_update(checksum, (const guchar *)shader_table[i].half.words,
                          (gssize)shader_table[i].half.size);
    }
    return g_strdup(g_checksum_get_string(checksum));
}

void
pipeline_clear(VulkanDevice *device)
{
    if (device->pipelines) {
        GHashTableIter iter;
        void *value;
        g_hash_table_iter_init(&iter, device->pipelines);
        while (g_hash_table_iter_next(&iter, NULL, &value))
            vkDestroyPipeline(device->handle, ((Pipeline *)value)->handle, NULL);
        g_clear_pointer(&device->pipelines, g_hash_table_unref);
    }
    for (int i = 0; i <= DISPATCH_MAX_BINDINGS; i++) {
        vkDestroyPipelineLayout(device->handle, device->pipeline_layouts[i], NULL);
        vkDestroyDescriptorSetLayout(device->handle, device->set_layouts[i], NULL);
    }
    pipeline_cache_save(device);
    vkDestroyPipelineCache(device->handle, device->pipeline_cache, NULL);
    device->pipeline_cache = VK_NULL_HANDLE;
}
