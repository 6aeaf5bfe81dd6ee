using System.Buffers;
using System.Text;
using System.Text.Json;

namespace SparseKernels.Scheduling.Cost;

/// <summary>
/// A calibration as JSON: <c>format, library, processor, isa, error, coefficients</c>, the last by pass and driver and in it by term, in seconds
/// for each unit of the term.
/// </summary>
internal static class CalibrationJson
{
    /// <summary>Grows when terms change their meaning; their names are checked besides.</summary>
    public const int Format = 1;

    /// <summary>Writes every bit of every number.</summary>
    public static string Write(Calibration calibration)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("library", calibration.Library);
            json.WriteString("processor", calibration.Processor);
            json.WriteString("isa", InstructionSet.NameOf(calibration.InstructionSet));
            json.WriteNumber("error", calibration.Error);
            json.WriteStartObject("coefficients");
            foreach (var driver in DriverPass.All)
            {
                json.WriteStartObject(driver.ToString());
                var coefficients = calibration.CoefficientsOf(driver);
                for (var i = 0; i < coefficients.Length; i++) json.WriteNumber(driver.TermNames[i], coefficients[i]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>Reads it.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="source">Where it came from, for <see cref="Calibration.Source"/>.</param>
    /// <exception cref="InvalidDataException">It is no such text, of another format, or has other drivers or terms.</exception>
    public static Calibration Read(ReadOnlyMemory<byte> utf8, string source)
    {
        try
        {
            using var json = JsonDocument.Parse(utf8);
            return Read(json.RootElement, source);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException(e.Message.ReplaceLineEndings(" "), e);
        }
    }

    private static Calibration Read(JsonElement root, string source)
    {
        var format = root.GetProperty("format").GetInt32();
        if (format != Format) throw new InvalidDataException($"expected format {Format}, got {format}.");
        var isa = root.GetProperty("isa").GetString();
        var kinds = Enum.GetValues<InstructionSetKind>().Where(kind => InstructionSet.NameOf(kind) == isa).ToArray();
        if (kinds.Length == 0) throw new InvalidDataException($"isa: unknown instruction set {isa}.");
        var coefficients = root.GetProperty("coefficients");
        var count = coefficients.EnumerateObject().Count();
        if (count != DriverPass.All.Count) throw new InvalidDataException($"coefficients: expected those of {DriverPass.All.Count} drivers, got {count}.");
        return new Calibration(
            [.. DriverPass.All.Select(driver => ReadTerms(coefficients.GetProperty(driver.ToString()), driver))], kinds[0],
            ReadText(root, "processor"), ReadText(root, "library"), ReadNumber(root.GetProperty("error"), "error"), source);
    }

    private static double[] ReadTerms(JsonElement terms, DriverPass driver)
    {
        var count = terms.EnumerateObject().Count();
        if (count != driver.TermNames.Length) throw new InvalidDataException($"{driver}: expected {driver.TermNames.Length} terms, got {count}.");
        var values = new double[count];
        for (var i = 0; i < count; i++) values[i] = ReadNumber(terms.GetProperty(driver.TermNames[i]), $"{driver}: {driver.TermNames[i]}");
        return values;
    }

    private static string ReadText(JsonElement root, string name) =>
        root.GetProperty(name).GetString() ?? throw new InvalidDataException($"{name}: expected text, got null.");

    private static double ReadNumber(JsonElement element, string name)
    {
        var value = element.GetDouble();
        return value >= 0 && double.IsFinite(value) ? value : throw new InvalidDataException($"{name}: expected a finite number of at least 0, got {value}.");
    }
}
