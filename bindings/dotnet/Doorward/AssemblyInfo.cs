using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Doorward.Tests")]
[assembly: InternalsVisibleTo("Doorward.Bench")]
