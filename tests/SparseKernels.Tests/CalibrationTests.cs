using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Scheduling.Cost;
using Xunit;

namespace SparseKernels.Tests;

public sealed class CalibrationTests
{
    [Fact]
    public void Default_EveryInstructionSet_SaysWhereItComesFrom()
    {
        foreach (var isa in Enum.GetValues<InstructionSetKind>())
        {
            var calibration = Calibration.Default(isa);
            Assert.Equal(isa, calibration.InstructionSet);
            Assert.StartsWith("built-in, measured on ", calibration.Source);
            var isMeasured = isa is InstructionSetKind.Avx2 or InstructionSetKind.Avx512;
            Assert.EndsWith(isMeasured ? $", {InstructionSet.NameOf(isa)}" : $"scaled by lanes to {InstructionSet.NameOf(isa)}", calibration.Source);
        }
    }

    [Fact]
    public void Default_OfAnUnknownInstructionSet_Throws() =>
        Assert.Equal("isa", Assert.Throws<ArgumentOutOfRangeException>(() => Calibration.Default((InstructionSetKind)9)).ParamName);

    [Fact]
    public void Parse_WhatToJsonWrote_HasEveryBit()
    {
        var random = new Random(3);
        double[][] coefficients = [.. PassCatalogue.Rows.Select(row => (double[])[.. Enumerable.Range(0, row.Way.TermNames.Count).Select(_ => Math.Exp(-40 * random.NextDouble()) / 3)])];
        var written = new Calibration(
            new CalibrationData(coefficients, InstructionSetKind.Neon, "a processor \"with\" marks", "1.2.3.4", 0.1 + 0.2, "here"));
        var read = Calibration.Parse(written.ToJson());
        Assert.Equal(
            (written.InstructionSet, written.Processor, written.Data.Library, written.Error),
            (read.InstructionSet, read.Processor, read.Data.Library, read.Error));
        foreach (var row in PassCatalogue.Rows) Assert.True(
            written.Data.CoefficientsOf(row).SequenceEqual(read.Data.CoefficientsOf(row)), row.ToString());
        Assert.Equal(written.ToJson(), read.ToJson());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    public void Parse_NoCalibration_ThrowsNamingTheArgument(string json) =>
        Assert.Equal("json", Assert.Throws<ArgumentException>(() => Calibration.Parse(json)).ParamName);

    [Theory]
    [InlineData("\"format\": 7", "\"format\": 3", "expected format 7, got 3")]
    [InlineData("\"isa\": \"avx2\"", "\"isa\": \"mmx\"", "mmx")]
    [InlineData("\"forward/dense\"", "\"forward/tense\"", "unknown way forward/tense")]
    [InlineData("\"products\"", "\"product\"", "unknown term product")]
    [InlineData("\"products\": ", "\"products\": -", "expected a number from 0 to 1000 for forward/")]
    [InlineData("\"call\": ", "\"more\": 1, \"call\": ", "unknown term more")]
    [InlineData("\"call\": ", "\"call\": 1, \"call\": ", "expected call once, got it twice")]
    [InlineData("\"products\": ", "\"products\": 1e30, \"more\": ", "expected a number from 0 to 1000 for forward/")]
    [InlineData("\"error\": ", "\"error\": 1e999, \"more\": ", "expected a number from 0 to 1000 for error, got Infinity")]
    [InlineData("\"library\": \"", "\"library\": \"\\ud800", "surrogate")]
    [InlineData("\"library\": ", "\"format\": 4, \"library\": ", "expected the member format once, got it twice")]
    [InlineData("\"forward/dense\"", "\"forward/dense\": {}, \"forward/dense\"", "expected")]
    [InlineData("\"library\"", "\"maker\"", "unknown member maker")]
    [InlineData("\"coefficients\": {", "\"coefficients\": 7, \"more\": {", "coefficients")]
    public void Parse_OneThingWrong_Says(string right, string wrong, string message)
    {
        var json = Calibration.Default(InstructionSetKind.Avx2).ToJson();
        var at = json.IndexOf(right, StringComparison.Ordinal);
        Assert.Contains(
            message, Assert.Throws<ArgumentException>(() => Calibration.Parse(json[..at] + wrong + json[(at + right.Length)..])).Message);
    }

    [Fact]
    public void Parse_Null_Throws() => Assert.Equal("json", Assert.Throws<ArgumentNullException>(() => Calibration.Parse(null!)).ParamName);
}
