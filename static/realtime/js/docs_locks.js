// Swagger UI puts a padlock beside every call that takes a token, also where none is needed. A classic script that
// the settings of Swagger UI (realtime/settings.py) take for a plugin: what is open to everybody has no padlock.

const isOpen = (security) => Boolean(security?.some((way) => way.isEmpty()));

const OpenToEverybody = () => ({
  wrapComponents: {
    OperationSummary: (Original, { React }) => (props) => {
      const { operationProps: call } = props;
      return React.createElement(Original, isOpen(call.get("security")) ? { ...props, operationProps: call.delete("security") } : props);
    },
  },
});
