/* SPDX-License-Identifier: Apache-2.0 */
/* The source of fuzz/corpus/dotnet/sample.exe: mcs -unsafe -out:sample.exe sample.cs (Mono 6.8). */
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

[assembly: Guid("12345678-9abc-def0-1234-56789abcdef0")]

namespace Outer.Inner {
	public interface IThing<T> {
		T Get(int a, ref string b);
	}

	public abstract class Base {
		protected abstract void Foo(int[] x, int[,] y, string[][] z);
		public const string K = "hello constant";
	}

	public sealed class Thing<T, U> : Base, IThing<T> where T : class {
		public class Nested {
			public class Deeper {
				public static int F(List<Dictionary<string, T>> q) { return 1; }
			}
		}
		public T Get(int a, ref string b) { b = "user string"; return null; }
		protected override void Foo(int[] x, int[,] y, string[][] z) {}
		internal unsafe static void P<V>(int* p, V v, object o, IntPtr i, UIntPtr u, TypedReference t,
						 Nested.Deeper d) {}
		private static readonly byte[] data = new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 };
	}

	enum E { A, B }
	struct S { public int x; }

	static class Prog {
		static int Main(string[] a) { Console.WriteLine("Hej världen ☃"); return 0; }
		[DllImport("kernel32.dll")] static extern int Beep(int a, int b);
	}
}
