using SparseKernels.Training.Files;
using Xunit;

namespace SparseKernels.Training.Tests.Files;

public class Crc32CTests
{
    [Fact]
    public void Value_KnownBytes_AsInTheStandard()
    {
        Assert.Equal(0u, Of());
        Assert.Equal(0xE3069283, Of("123456789"u8.ToArray()));
        Assert.Equal(0x8A9136AA, Of(new byte[32]));
    }

    [Fact]
    public void Add_InParts_AsInOne()
    {
        var bytes = Enumerable.Range(0, 100).Select(i => (byte)(i * i)).ToArray();
        for (var cut = 0; cut <= bytes.Length; cut++) Assert.Equal(Of(bytes), Of(bytes[..cut], bytes[cut..]));
    }

    private static uint Of(params byte[][] parts)
    {
        var checksum = Crc32C.Start();
        foreach (var part in parts) checksum.Add(part);
        return checksum.Value;
    }
}
