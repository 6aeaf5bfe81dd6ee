Console.WriteLine("sparsekernels");
