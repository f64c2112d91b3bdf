// A host in .NET. It gets the folder with configurations and tokens, and says nothing but how many checks have passed. With
// the word "wine" behind the folder it leaves out what throws exceptions: .NET 8 hangs at the second one under Wine 8.
global using System;
global using System.Collections.Generic;
global using System.IO;
global using System.Threading;

static class Program {
    static int Main(string[] arguments) {
        try {
            Run(new World(arguments[0]), throws: arguments is not [_, "wine"]);
        } catch (Exception failure) {
            Console.Error.WriteLine(failure);
            return 1;
        }
        Console.WriteLine($"passed {Check.Passed} checks");
        return 0;
    }

    static void Run(World world, bool throws) {
        Answers.Run(world);
        Lives.Run(world, throws);
        Load.Run(world);
        Log.Run(world);
    }
}
