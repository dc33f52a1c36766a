namespace KmsPS.Engine.Wire;

/// <summary>The Java classes that errors travel as: stock clients load the class by its name and throw it.</summary>
internal static class JavaClasses
{
    internal const string IOException = "java.io.IOException";
    internal const string IllegalArgument = "java.lang.IllegalArgumentException";
    internal const string InvalidParameter = "java.security.InvalidParameterException";
    internal const string UnsupportedOperation = "java.lang.UnsupportedOperationException";
    internal const string NullPointer = "java.lang.NullPointerException";
    internal const string Security = "java.lang.SecurityException";
    internal const string Authorization = "org.apache.hadoop.security.authorize.AuthorizationException";
    internal const string Authentication = "org.apache.hadoop.security.authentication.client.AuthenticationException";
    internal const string AccessControl = "org.apache.hadoop.security.AccessControlException";
    internal const string UncheckedExecution = "org.apache.hadoop.thirdparty.com.google.common.util.concurrent.UncheckedExecutionException";
    internal const string Execution = "java.util.concurrent.ExecutionException";
    internal const string InvalidKey = "java.security.InvalidKeyException";
    internal const string WebApplication = "javax.ws.rs.WebApplicationException";
    internal const string NotFound = "com.sun.jersey.api.NotFoundException";
}
