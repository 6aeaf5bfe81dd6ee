namespace PictureServer.Requests;

/// <summary>Why a request was not served, in one line, as RFC 9457 wants it.</summary>
internal static class Refusal
{
    /// <summary>What nginx says of a client that went away; nobody reads it but the metrics.</summary>
    public const int ClientGone = 499;

    /// <summary>The result of an endpoint.</summary>
    public static IResult Of(int status, string because) => Results.Problem(because.ReplaceLineEndings(" "), statusCode: status);

    /// <summary>The answer where there is no endpoint.</summary>
    public static ValueTask Write(HttpContext context, int status, string because) => new(Of(status, because).ExecuteAsync(context));
}
