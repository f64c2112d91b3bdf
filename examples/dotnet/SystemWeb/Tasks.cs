using System.Linq;
using System.Security.Claims;
using System.Web;

namespace TasksSite;

/// <summary>Who came in is <c>HttpContext.User</c>, as ever.</summary>
public sealed class Tasks : IHttpHandler {
    public bool IsReusable => true;

    public void ProcessRequest(HttpContext context) {
        var user = (ClaimsPrincipal)context.User;
        string name = user.Identity.IsAuthenticated ? user.Identity.Name : "nobody";
        string scopes = string.Join(" ", user.FindAll("scope").Select(claim => claim.Value));
        context.Response.ContentType = "text/plain";
        context.Response.Write($"these are the tasks of {name}, by the scopes {scopes}\n");
    }
}
