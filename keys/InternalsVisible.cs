using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Gateway.Tests")]
[assembly: InternalsVisibleTo("load")]
