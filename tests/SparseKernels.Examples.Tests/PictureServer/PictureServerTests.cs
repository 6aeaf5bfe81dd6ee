using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PictureServer.Requests;
using SparseKernels.Images;
using SparseKernels.Onnx;
using SparseKernels.Training;
using Xunit;

namespace SparseKernels.Examples.Tests.PictureServer;

public class PictureServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Classify_RawOrForm_GivesThePredictorsClassesInOrder(bool onnxRuntime)
    {
        await using var server = await RunningServer.StartAsync(onnxRuntime ? ["--onnxruntime", "--top", "2"] : ["--top", "2"]);
        using var predictor = new Predictor(OnnxModel.Load(server.Model).ToNetwork(), new PredictorOptions { OwnsNetwork = true });
        var (image, expected) = (new float[predictor.Input.Length], new float[3]);
        new PictureReader(RunningServer.Size).Read(RunningServer.Picture, image);
        predictor.PredictProbabilities(image, expected);
        var labels = Enumerable.Range(0, 3).OrderByDescending(k => expected[k]).Take(2).ToArray();

        using var raw = await PostAsync(server, RunningServer.Picture, "image/jpeg");
        using var form = new MultipartFormDataContent { { new ByteArrayContent(RunningServer.Picture), "file", "a.jpg" } };
        using var sent = await server.Client.PostAsync("/classify", form, Cancellation);
        foreach (var response in new[] { raw, sent })
        {
            var answer = await response.Content.ReadFromJsonAsync<Answer>(Cancellation);
            Assert.Equal(labels, answer!.Classes.Select(found => found.Label));
            Assert.Equal(labels.Select(k => new[] { "red", "green", "blue" }[k]), answer.Classes.Select(found => found.Name));
            foreach (var found in answer.Classes) Assert.Equal(expected[found.Label], found.Probability, 1e-5);
        }
    }

    [Theory]
    [InlineData("image/jpeg", "no picture", HttpStatusCode.BadRequest, "the picture is no picture: expected JPEG, PNG, BMP, GIF or WebP.")]
    [InlineData("image/jpeg", "", HttpStatusCode.BadRequest, "the picture is empty.")]
    [InlineData("text/plain", "no picture", HttpStatusCode.UnsupportedMediaType, "got text/plain")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n", HttpStatusCode.BadRequest, "the form holds no file.")]
    public async Task Classify_NoPicture_SaysSoInOneLine(string type, string body, HttpStatusCode status, string because)
    {
        await using var server = await RunningServer.StartAsync();
        using var response = await PostAsync(server, Encoding.ASCII.GetBytes(body), type);
        Assert.Equal(status, response.StatusCode);
        Assert.Contains(because, await DetailAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Classify_TooManyBytesOrPixels_IsRefused()
    {
        await using var server = await RunningServer.StartAsync("--upload-megabytes", "1", "--megapixels", "1");
        using var large = await PostAsync(server, new byte[(1 << 20) + 1], "image/png");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal("a picture may have 1 MB.", await DetailAsync(large));
        var wide = Images.Tests.Support.EncodedPicture.Make(SkiaSharp.SKEncodedImageFormat.Png, 1001, 1000, (_, _) => (1, 2, 3));
        using var pixels = await PostAsync(server, wide, "image/png");
        Assert.Equal(HttpStatusCode.BadRequest, pixels.StatusCode);
        Assert.Equal("the picture has 1001x1000 pixels: expected 1 to 1000000.", await DetailAsync(pixels));
    }

    [Fact]
    public async Task Classify_MoreRequestsThanMayWait_Gets503UntilOneEnds()
    {
        await using var server = await RunningServer.StartAsync("--at-once", "1", "--queue", "0");
        var picture = RunningServer.Picture;
        var url = server.Client.BaseAddress!;
        var head = $"POST /classify HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: image/jpeg\r\nContent-Length: {picture.Length}\r\n\r\n";
        byte[] begun = [.. Encoding.ASCII.GetBytes(head), .. picture[..100]];
        var (slow, refused) = await HoldAsync(server, begun);
        using var connection = slow;
        using var refusal = refused;
        Assert.Equal("too many requests wait already; try again later.", await DetailAsync(refusal));
        await slow.GetStream().WriteAsync(picture.AsMemory(100), Cancellation);
        using var reader = new StreamReader(slow.GetStream());
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync(Cancellation));
        using var served = await UntilAsync(server, HttpStatusCode.OK);
    }

    [Fact]
    public async Task HealthAndMetrics_AfterRequests_TellOfThem()
    {
        await using var server = await RunningServer.StartAsync();
        for (var i = 0; i < 3; i++) (await PostAsync(server, RunningServer.Picture, "image/jpeg")).Dispose();
        (await PostAsync(server, [1, 2, 3], "image/jpeg")).Dispose();
        var health = await server.Client.GetFromJsonAsync<JsonElement>("/health", Cancellation);
        Assert.Equal("ok", health.GetProperty("status").GetString());
        Assert.Equal("[3, 32, 32]", health.GetProperty("input").GetString());
        Assert.Equal(3, health.GetProperty("classes").GetInt32());

        // Requests are counted just after their answer has gone out.
        var metrics = "";
        for (var i = 0; i < 100 && Number(metrics, "http_server_request_duration_seconds_count", "200") + Number(metrics, "http_server_request_duration_seconds_count", "400") < 4; i++)
        {
            metrics = await server.Client.GetStringAsync("/metrics", Cancellation);
            await Task.Delay(20, Cancellation);
        }

        Assert.Equal(3, Number(metrics, "http_server_request_duration_seconds_count", "200"));
        Assert.Equal(1, Number(metrics, "http_server_request_duration_seconds_count", "400"));
        Assert.Equal(3, Number(metrics, "http_server_request_duration_seconds_bucket", "200", ",le=\"+Inf\""));
        Assert.Contains("# TYPE http_server_request_duration_seconds histogram\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\ndotnet_process_memory_working_set_bytes ", metrics, StringComparison.Ordinal);
    }

    private static double Number(string metrics, string name, string status, string more = "")
    {
        var line = metrics.Split('\n').FirstOrDefault(line => line.StartsWith(name + "{", StringComparison.Ordinal)
            && line.Contains($"http_response_status_code=\"{status}\"", StringComparison.Ordinal)
            && line.Contains($"http_route=\"/classify\"{more}}}", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    private static async Task<HttpResponseMessage> PostAsync(RunningServer server, byte[] body, string type)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return await server.Client.PostAsync("/classify", content, Cancellation);
    }

    /// <summary>
    /// Begins a request that doesn't end, and sends another, until that one is refused: one that came while the other ran would be served itself.
    /// </summary>
    private static async Task<(TcpClient Slow, HttpResponseMessage Refused)> HoldAsync(RunningServer server, byte[] begun)
    {
        var url = server.Client.BaseAddress!;
        for (var i = 0; i < 50; i++)
        {
            var slow = new TcpClient(url.Host, url.Port);
            await slow.GetStream().WriteAsync(begun, Cancellation);
            await Task.Delay(100, Cancellation);
            var response = await PostAsync(server, RunningServer.Picture, "image/jpeg");
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable) return (slow, response);
            response.Dispose();
            slow.Dispose();
        }

        throw new TimeoutException("no request was refused.");
    }

    private static async Task<HttpResponseMessage> UntilAsync(RunningServer server, HttpStatusCode status)
    {
        for (var i = 0; i < 500; i++)
        {
            var response = await PostAsync(server, RunningServer.Picture, "image/jpeg");
            if (response.StatusCode == status) return response;
            response.Dispose();
            await Task.Delay(20, Cancellation);
        }

        throw new TimeoutException($"no request got {status} within ten seconds.");
    }

    private static async Task<string?> DetailAsync(HttpResponseMessage response)
    {
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        var detail = problem.GetProperty("detail").GetString();
        Assert.DoesNotContain('\n', detail!);
        return detail;
    }
}
