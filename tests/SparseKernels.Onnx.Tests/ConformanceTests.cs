using SparseKernels.Onnx.Tests.Support;
using Xunit;

namespace SparseKernels.Onnx.Tests;

/// <summary>
/// The standard's own tests of the operators that become layers: each passes, or is refused by the message that stands here for it. What a
/// network can't be is refused by nature: an operation across the images of a batch, and a second input that isn't constant.
/// </summary>
public sealed class ConformanceTests
{
    private const int FewestTests = 100;

    /// <summary>Part of a test's name, and of the message that refuses it. The first that fits counts.</summary>
    private static readonly (string Name, string Message)[] s_refused =
    [
        ("averagepool_2d_pads", "at most half the window"), ("maxpool_2d_pads", "at most half the window"),
        ("_training_mode", "training_mode must be 0"), ("concat_2d_axis_0", "mixes the images"), ("concat_2d_axis_negative_2", "mixes the images"),
        ("concat_2d_axis_1", "can't be put together"), ("concat_2d_axis_negative_1", "can't be put together"),
        ("operator_concat2", "can't be put together"), ("flatten_axis2", "mixes the images"), ("flatten_axis3", "mixes the images"),
        ("flatten_negative_axis1", "mixes the images"), ("flatten_negative_axis2", "mixes the images"), ("gemm_all_attributes", "transA must be 0"),
        ("gemm_transposeA", "transA must be 0"), ("gemm_default_matrix_bias", "doesn't fit 4 outputs"), ("matmul_4d", "must have the sizes [N, C]"),
        ("maxpool_with_argmax_2d_precomputed_strides", "storage_order must be 0"), ("cubic", "nearest or linear, got cubic"),
        ("downsample_scales_linear", "no whole sizes"), ("sizes_linear_pytorch_half_pixel", "pytorch_half_pixel is not supported"),
        ("sizes_nearest_tf_half_pixel", "tf_half_pixel_for_nn is not supported"),
        ("downsample_sizes_nearest", "half_pixel and round_prefer_floor is not supported"),
        ("tf_crop_and_resize", "tf_crop_and_resize is not supported"), ("nearest_ceil_half_pixel", "half_pixel and ceil is not supported"),
        ("nearest_floor_align_corners", "align_corners and floor is not supported"),
        ("nearest_round_prefer_ceil", "asymmetric and round_prefer_ceil is not supported"),
        ("test_squeeze_negative_axes", "only flattening is supported"), ("test_squeeze", "mixes the images"),
        ("unsqueeze_negative_axes", "two to four sizes"), ("MaxPool2d_stride_padding_dilation", "256 pixels at most"),
        ("softmax_functional_dim3", "axis 3"), ("operator_addmm", "must be constant"), ("operator_reduced_mean", "over the axes 2 and 3"),
    ];

    public static IEnumerable<TheoryDataRow<string>> Names => StandardsTest.Names.DefaultIfEmpty("none").Select(name => new TheoryDataRow<string>(name));

    [Theory, MemberData(nameof(Names))]
    public void StandardsTest_OfALayer_PassesOrIsRefusedInSoManyWords(string name)
    {
        var test = StandardsTest.Require(name);
        var message = Array.Find(s_refused, refused => name.Contains(refused.Name, StringComparison.Ordinal)).Message;
        if (message is null) test.Run();
        else Assert.Contains(message, Assert.Throws<InvalidDataException>(test.Run).Message);
    }

    [Fact]
    public void StandardsTests_WhereTheyAre_AreFound()
    {
        Assert.SkipWhen(StandardsTest.Folder is null, "the standard's tests are not here");
        Assert.True(StandardsTest.Names.Count() >= FewestTests, $"{StandardsTest.Names.Count()} tests are of layers");
    }
}
