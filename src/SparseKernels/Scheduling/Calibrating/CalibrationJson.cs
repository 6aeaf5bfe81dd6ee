using System.Buffers;
using System.Text;
using System.Text.Json;
using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Schemas;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>
/// A calibration as JSON: <c>format, library, processor, isa, error, coefficients</c>, the last by pass and way and in it by term, in
/// seconds for each unit of the term.
/// </summary>
internal static class CalibrationJson
{
    /// <summary>Grows when terms change their meaning or probes measure otherwise; the names of terms are checked besides.</summary>
    public const int Format = 7;

    /// <summary>
    /// Seconds for a unit of a term: a quarter of an hour is beyond any machine, and no sum of such comes near a type's end.
    /// </summary>
    private static readonly NumberRule<double> s_seconds = new(0, 1000);

    /// <summary>No two numbers are further apart, as a logarithm of their ratio.</summary>
    private static readonly NumberRule<double> s_error = new(0, 1000);

    /// <summary>Writes every bit of every number.</summary>
    public static string Write(CalibrationData calibration)
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
            foreach (var row in PassCatalogue.Rows)
            {
                json.WriteStartObject(row.ToString());
                var coefficients = calibration.CoefficientsOf(row);
                for (var i = 0; i < coefficients.Length; i++) json.WriteNumber(row.Way.TermNames[i], coefficients[i]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>Reads it, member by member: a document's tree would take longer to load than the file.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="source">Where it came from, for <see cref="CalibrationData.Source"/>.</param>
    /// <exception cref="InvalidDataException">It is no such text, of another format, or has other ways or terms.</exception>
    public static CalibrationData Read(ReadOnlySpan<byte> utf8, string source)
    {
        try
        {
            var json = new Utf8JsonReader(utf8);
            var found = new Members();
            json.Read();
            while (NextMember(ref json) is { } name) found.Take(name, ref json);
            if (json.Read()) throw new InvalidDataException("expected nothing behind the calibration.");
            return found.ToCalibration(source);
        }
        catch (Exception e) when (JsonText.IsFault(e))
        {
            throw new InvalidDataException(JsonText.Message(e), e);
        }
    }

    /// <summary>The next member's name, its value read; null at the end of the object.</summary>
    private static string? NextMember(ref Utf8JsonReader json)
    {
        if (json.TokenType is not (JsonTokenType.StartObject or JsonTokenType.PropertyName) && json.CurrentDepth == 0)
            throw new InvalidDataException($"expected an object, got {json.TokenType}.");
        json.Read();
        if (json.TokenType == JsonTokenType.EndObject) return null;
        var name = json.GetString();
        json.Read();
        return name;
    }

    private static double[][] ReadRows(ref Utf8JsonReader json)
    {
        var all = new double[PassCatalogue.Rows.Count][];
        var count = 0;
        while (NextMember(ref json) is { } name)
        {
            var row = 0;
            while (row < all.Length && PassCatalogue.Rows[row].ToString() != name) row++;
            if (row == all.Length) throw new InvalidDataException($"coefficients: unknown way {name}.");
            if (all[row] is not null) throw new InvalidDataException($"coefficients: expected {name} once, got it twice.");
            all[row] = ReadTerms(ref json, PassCatalogue.Rows[row]);
            count++;
        }

        if (count != all.Length || Array.IndexOf(all, null) >= 0)
            throw new InvalidDataException($"coefficients: expected those of {all.Length} ways, got {count}.");
        return all;
    }

    private static double[] ReadTerms(ref Utf8JsonReader json, PassRow row)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw new InvalidDataException($"{row}: expected an object, got {json.TokenType}.");
        var (values, count) = (new double[row.Way.TermNames.Count], 0);
        Array.Fill(values, double.NaN);
        while (NextMember(ref json) is { } name)
        {
            var term = row.Way.IndexOf(name);
            if (term < 0) throw new InvalidDataException($"{row}: unknown term {name}.");
            if (!double.IsNaN(values[term])) throw new InvalidDataException($"{row}: expected {name} once, got it twice.");
            values[term] = s_seconds.Require($"{row}: {name}", json.GetDouble());
            count++;
        }

        if (count != values.Length || Array.Exists(values, double.IsNaN))
            throw new InvalidDataException($"{row}: expected {values.Length} terms, got {count}.");
        return values;
    }

    /// <summary>The members read so far.</summary>
    private sealed class Members
    {
        private readonly HashSet<string> _taken = [];
        private int? _format;
        private string? _library;
        private string? _processor;
        private string? _isa;
        private double? _error;
        private double[][]? _coefficients;

        public void Take(string name, ref Utf8JsonReader json)
        {
            if (!_taken.Add(name)) throw new InvalidDataException($"expected the member {name} once, got it twice.");
            switch (name)
            {
                case "format":
                    _format = json.GetInt32();
                    if (_format != Format) throw new InvalidDataException($"expected format {Format}, got {_format}.");
                    break;
                case "library": _library = json.GetString(); break;
                case "processor": _processor = json.GetString(); break;
                case "isa": _isa = json.GetString(); break;
                case "error": _error = s_error.Require(name, json.GetDouble()); break;
                case "coefficients" when json.TokenType == JsonTokenType.StartObject: _coefficients = ReadRows(ref json); break;
                default: throw new InvalidDataException($"unknown member {name} with {json.TokenType}.");
            }
        }

        public CalibrationData ToCalibration(string source)
        {
            if (_format is null || _library is null || _processor is null || _isa is null || _error is null || _coefficients is null)
                throw new InvalidDataException(
                    "expected the members format, library, processor, isa, error and coefficients; one is missing or null.");
            return InstructionSet.KindOf(_isa) is { } kind
                ? new CalibrationData(_coefficients, kind, _processor, _library, _error.Value, source)
                : throw new InvalidDataException($"isa: unknown instruction set {_isa}.");
        }
    }
}
