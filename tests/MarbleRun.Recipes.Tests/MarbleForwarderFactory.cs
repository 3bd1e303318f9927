using System.Diagnostics;
using System.Net;
using MarbleRun.Http;
using MarbleRun.Identity;
using Yarp.ReverseProxy.Forwarder;

namespace MarbleRun.Recipes.Tests;

/// <summary>docs/recipes.md, YARP: every cluster is reached as a Marble, and only Marbles are.</summary>
internal sealed class MarbleForwarderFactory(IServiceProvider services) : IForwarderHttpClientFactory
{
    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context) =>
        context.OldClient ?? new HttpMessageInvoker(MarbleHttp.CreateHandler(services, MarblePeerPolicy.AllowTypes("orders"), handler =>
        {
            handler.AllowAutoRedirect = false;
            handler.AutomaticDecompression = DecompressionMethods.None;
            handler.ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current);
        }));
}
