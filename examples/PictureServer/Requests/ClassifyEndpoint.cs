using PictureServer.Classifiers;
using SparseKernels.Images;

namespace PictureServer.Requests;

/// <summary>POST /classify: a picture in, its likeliest classes out.</summary>
internal static class ClassifyEndpoint
{
    /// <summary>What the limit of requests at once is called.</summary>
    public const string Name = "classify";

    /// <summary>Reads the upload, waits for a workplace, decodes, classifies; each only while the client is still there.</summary>
    public static async Task<IResult> HandleAsync(
        HttpRequest request, Workplaces places, PictureReader reader, IClassifier classifier, ServerOptions options, CancellationToken cancellation)
    {
        if (!Upload.IsPossible(request))
            return Refusal.Of(
                StatusCodes.Status415UnsupportedMediaType,
                $"expected a picture, as image/jpeg or another image type, or a form with a file, got {request.ContentType}.");
        try
        {
            using var upload = await Upload.ReadAsync(request, cancellation);
            var place = await places.TakeAsync(cancellation);
            try
            {
                reader.Read(upload.File, place.Image);
                cancellation.ThrowIfCancellationRequested();
                classifier.Classify(place.Image, place.Probabilities);
                return Results.Ok(Answer.Of(place.Probabilities, classifier.ClassNames, options.Top));
            }
            finally
            {
                places.Return(place);
            }
        }
        catch (BadHttpRequestException e)
        {
            var isTooLarge = e.StatusCode == StatusCodes.Status413PayloadTooLarge;
            return Refusal.Of(e.StatusCode, isTooLarge ? $"a picture may have {options.UploadMegabytes} MB." : e.Message);
        }
        catch (InvalidDataException e)
        {
            return Refusal.Of(StatusCodes.Status400BadRequest, e.Message);
        }
        catch (OperationCanceledException)
        {
            return Results.StatusCode(Refusal.ClientGone);
        }
    }
}
